"""From a release to a page: the report source, its renderers, its figures and tables."""
