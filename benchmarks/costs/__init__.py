"""What the stack costs a month: counted calls, sizes and resources, times stated unit prices."""
