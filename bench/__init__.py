"""Speed and accuracy, as ratios against yardsticks that run beside them."""
