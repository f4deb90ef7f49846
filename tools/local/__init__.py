"""The whole stack on one machine: the real template, built and deployed by the real SAM CLI, into an emulator."""
