"""Training: from joke files to a model. PyTorch is imported in this folder alone."""
