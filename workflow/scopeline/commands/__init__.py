"""The commands of `scopeline`, one a module. Each offers `add(subparsers)`, which adds its parser and sets `run`."""
