"""The policy pack: the rules that every stack of the project must keep."""
