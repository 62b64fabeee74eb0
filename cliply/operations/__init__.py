"""What the operators of an installation do, in any workspace."""
