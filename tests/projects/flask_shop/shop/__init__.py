"""A shop, as the tutorials of Flask-SQLAlchemy and Flask-Migrate lay it out."""

import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
migrate = Migrate()


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", "postgresql+psycopg:///shop")
    app.config["OWNER"] = "owner@shop.example"
    db.init_app(app)
    migrate.init_app(app, db)
    from shop import models

    return app
