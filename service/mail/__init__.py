"""Mail: a daily digest to those who gave an address, and word to the operator when the service ails."""
