"""`python -m helium` is `helium`."""

from helium.cli import main

if __name__ == "__main__":
    main()
