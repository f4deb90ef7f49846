"""The stack on one machine: the template, deployed to an emulator by the SAM CLI."""
