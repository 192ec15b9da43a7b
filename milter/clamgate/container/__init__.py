"""The image's entry point: clamd, freshclam and the filter as one supervised stack."""
