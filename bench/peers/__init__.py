"""What people would use instead, each set up as its own documentation says, each with the same durability as ours."""
