"""`make docker-check`: builds the images and runs them between the stand-ins. Not a part of `make test`."""
