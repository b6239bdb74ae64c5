"""The policy pack: what every stack of the project has to hold, whoever wrote it."""
