"""What all services share: the language of the events, the folds, and the machinery."""
