"""What is counted, and how `/metrics` tells it: kept up to date as things happen, so that a scrape only writes it down.

No personal data: labels are names the owner gave to modems, classes, states, codes and paths, and account names only
where the setting `metrics.accounts` says so. Nothing in the gateway depends on a number from here.
"""
