"""Plain strawberry: ORM entities, DataLoaders and permission classes, as its documentation teaches them."""
