"""The benchmark: classbook beside a hand-written limit, plain strawberry and two Node servers, on the same school."""
