//! Calls over a D channel (Q.931), and over a group of interfaces that share one (NFAS).
