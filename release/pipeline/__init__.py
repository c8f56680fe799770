"""The line, read top to bottom: from revisions to a release, its bundle, its lint; and what surrounds it."""
