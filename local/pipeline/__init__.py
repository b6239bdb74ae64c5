"""The deployed pipeline on this machine: stages, builds and roles, as CodePipeline runs them."""
