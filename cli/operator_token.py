"""`cliply operator-token`: a token for the routes of operators."""

import sys

from cliply.operations.tokens import make_operator_token


def operator_token() -> None:
    """Make an operator's token and print it, this once, with its digest for OPERATOR_TOKENS."""
    made = make_operator_token()
    sys.stderr.write(
        "Send it as `Authorization: Bearer …` to /api/admin; it is not shown again.\n"
        f"Add its digest to OPERATOR_TOKENS, with commas between several:\n{made.digest}\n"
    )
    sys.stdout.write(f"{made.token}\n")
