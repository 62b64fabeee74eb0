"""Who is asking: accounts, sign-ins, tokens, members and invitations."""
