"""A WSMessageBroker of our own, for owners who have none and for the tests: `otppi ws-broker`. It knows nothing of
messages but their topic. What a client sends goes to all other clients of its topic that are connected in this moment;
nothing is kept, nothing is acknowledged, and no body is ever logged."""
