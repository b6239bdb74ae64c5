"""The in-process deployment engine. It creates a program's resources on the emulator."""
