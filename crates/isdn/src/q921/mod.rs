//! The data link layer of a D channel (Q.921), point to point.
