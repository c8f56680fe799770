from shop import db


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(120), index=True, unique=True, nullable=False)
    about = db.Column(db.String(140), comment="100% about: me")


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.ForeignKey("user.id"), nullable=False)
    state = db.Column(db.Enum("open", "paid", name="order_state"), nullable=False, server_default="open")
