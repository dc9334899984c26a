"""What is known of the shop: from one month's snapshot to the results of its report."""
