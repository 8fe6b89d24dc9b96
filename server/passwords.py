from resolvers.account_passwords import hash_password, verify_password  # moved; to be deleted

__all__ = ["hash_password", "verify_password"]
