"""Model weights: which ones the product can use, where they are, whether they are whole."""
