"""The tooling account's pipeline: builds, their roles, artifacts, notifications."""
