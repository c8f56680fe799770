\if true
