"""One invocation for a clip, against the bare decode, scale and encode."""
