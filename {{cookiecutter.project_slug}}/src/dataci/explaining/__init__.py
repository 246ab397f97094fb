"""Why a model says what it says: of one row (``exact``, ``local``, ``integrated``) and over many (``overall``)."""
