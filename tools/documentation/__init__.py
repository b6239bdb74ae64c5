"""The documentation site: the pages that are generated from the code, and the site's build."""
