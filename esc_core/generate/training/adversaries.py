"""Generator and critic as they learn from each other: one compiled step, and all that a checkpoint must hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.config import GeneratorConfig
from esc_core.generate.training.networks import build_critic, build_generator

if TYPE_CHECKING:
    import keras


class Adversaries:
    """Generator, critic, their optimisers, and the averaged generator.

    Parameters
    ----------
    config : GeneratorConfig
        Settings, with a dtype other than "auto"; Keras must have been seeded.
    n_classes : int
        Number of categories.
    n_frames : int
        Frames of a spectrogram.
    """

    def __init__(self, config: GeneratorConfig, *, n_classes: int, n_frames: int) -> None:
        import keras

        self.averaged = build_generator(config, n_classes=n_classes, n_frames=n_frames)
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(config.dtype)
        try:
            self.generator = build_generator(config, n_classes=n_classes, n_frames=n_frames)
            self.critic = build_critic(config, n_classes=n_classes, n_frames=n_frames)
        finally:
            keras.config.set_dtype_policy(before)
        self.averaged.set_weights(self.generator.get_weights())
        self._optimizers: list[tuple[keras.Model, keras.optimizers.Optimizer]] = []
        for network, rate in ((self.generator, config.learning_rate), (self.critic, config.critic_rate)):
            optimizer = keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99)
            optimizer.build(network.trainable_variables)
            self._optimizers.append((network, optimizer))
        self.step = self._compiled(config.averaging)

    @property
    def variables(self) -> list[Any]:
        """All that decides how training goes on."""
        networks = (self.generator, self.averaged, self.critic)
        return [v for part in (*networks, *(optimizer for _, optimizer in self._optimizers)) for v in part.variables]

    def _compiled(self, averaging: float) -> Callable[[Any, Any, Any], Any]:
        """Return a step; it takes real windows, categories and points, and returns both losses."""
        import tensorflow as tf

        generator, critic, averaged = self.generator, self.critic, self.averaged

        @tf.function(reduce_retracing=True)
        def step(x: Any, categories: Any, points: Any) -> Any:
            with tf.GradientTape(persistent=True) as tape:
                made = tf.cast(generator([points, categories], training=True), tf.float32)
                both = critic([tf.concat([x, made], 0), tf.concat([categories, categories], 0)], training=True)
                real, generated = tf.split(tf.cast(both, tf.float32), 2)
                # hinge loss (Lim and Ye 2017, arXiv:1705.02894): what is told apart by a margin of 1 counts no more
                critic_loss = tf.reduce_mean(tf.nn.relu(1 - real)) + tf.reduce_mean(tf.nn.relu(1 + generated))
                generator_loss = -tf.reduce_mean(generated)
            # both move from the same point: one pass through the generator serves the two
            losses = {id(generator): generator_loss, id(critic): critic_loss}
            found = [tape.gradient(losses[id(network)], network.trainable_variables) for network, _ in self._optimizers]
            for gradients, (network, optimizer) in zip(found, self._optimizers, strict=True):
                optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
            for slow, fast in zip(averaged.trainable_variables, generator.trainable_variables, strict=True):
                slow.assign(averaging * slow + (1 - averaging) * fast)
            return tf.stack([generator_loss, critic_loss])

        return step

    def generator_weights(self) -> dict[str, np.ndarray]:
        """Return the weights of the averaged generator, as `esc_core.generate.generator.Generator` takes them."""
        found = {}
        for layer in self.averaged.layers:
            for variable in layer.weights:
                found[f"{layer.name}.{variable.name}"] = np.asarray(variable)
        return found
