"""The AWS emulator as a child process, and the patches for it."""
