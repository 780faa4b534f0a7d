"""The images of the documentation, made from the demo and from the pages themselves."""
