"""The statistics of one incident: priors, likelihoods, posterior."""
