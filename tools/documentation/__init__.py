"""The documentation site: pages generated from the code, and the build of it all."""
