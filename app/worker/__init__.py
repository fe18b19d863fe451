"""The worker: does what cases do by themselves, beside the web processes or inside one of them."""
