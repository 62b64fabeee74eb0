"""`python -m cli` is `cliply`."""

from cli.main import main

main()
