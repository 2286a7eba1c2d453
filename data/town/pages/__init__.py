"""What the town serves: pages, JSON and feeds, made from its entries."""
