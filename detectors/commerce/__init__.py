"""What an answer promises in trade, and what authorises it."""
