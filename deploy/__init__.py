"""How the product is started and told: one machine, images, the story."""
