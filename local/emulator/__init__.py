"""The AWS emulator as a child process, and what is patched into it."""
