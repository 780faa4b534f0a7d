"""What version 1.0.0 promises to later ones: docs/versions.md."""
