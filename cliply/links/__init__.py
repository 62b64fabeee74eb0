"""Videos behind links: which links are taken, and how their media are fetched."""
