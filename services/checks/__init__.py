"""What the tasks of each phase must satisfy. Facts in, findings and effects out; every finding cites its clause."""
