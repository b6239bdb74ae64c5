"""The steps of a release: package the job, roll it out, verify it, roll it back."""
