"""What files an archive holds, by its own listing; only further archives are unpacked."""
