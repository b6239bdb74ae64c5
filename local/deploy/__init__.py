"""The in-process deployment engine: a program's registrations, made on the emulator."""
