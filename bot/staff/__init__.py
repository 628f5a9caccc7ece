"""Who may do what in the console: rules without I/O.

- `roles` is the one table of roles and permissions; nothing else decides who may do something.
- `secrets` makes and checks tokens, passwords, one-time codes and recovery codes.
- `chain` is the arithmetic of the audit log, `pace` that of waiting after a wrong password.
"""
