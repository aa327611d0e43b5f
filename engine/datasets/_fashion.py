"""What all forms of Fashion-MNIST share. Mean and deviation are of its 60,000 training images."""

CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
MEAN = [0.2860]
STD = [0.3530]
