"""Every coded sentence in English. Page, log and command line take their words from here; zh.yaml has the same codes.

A code is a key; a dot in it separates variants, such as `edit.epochs`. Placeholders in braces are plain names.
"""

FAULTS = {
    "near": "; did you mean '{word}'?",
    "unknown_setting": "{name} is unknown{near}; known here: {known}",
    "part": "{reason}",
    "rule": "{reason}",
    "whole_number": "must be a whole number, not {input}",
    "number": "must be a number, not {input}",
    "finite": "must be a finite number, not {input}",
    "text": "must be text, not {input}",
    "yes_no": "must be true or false, not {input}",
    "list": "must be a list, not {input}",
    "mapping": "must be a mapping of settings (name: value), not {input}",
    "at_least": "must be at least {limit}, not {input}",
    "more_than": "must be more than {limit}, not {input}",
    "at_most": "must be at most {limit}, not {input}",
    "less_than": "must be less than {limit}, not {input}",
    "too_few": "needs at least {limit} entries, has {count}",
    "too_many": "takes at most {limit} entries, has {count}",
    "too_long": "takes at most {limit} characters",
    "choice": "must be one of {expected}, not {input}{near}",
    "no_device": "{device} is not available; available: {known}",
    "folder_unnamed": "name a folder that contains one folder of images per class",
    "folder_absent": "folder {path} does not exist",
    "folder_is_file": "{path} is a file, not a folder; if it is an archive, unpack it first",
    "folder_unreadable": "{path} cannot be read: {said}",
    "folder_no_class": "{where}no class folders found; each class needs its own folder, and at least two are required",
    "folder_flat": "{where}images, but no class folders; each class needs its own folder, and at least two are "
    "required. If only the training images have classes, name their folder itself",
    "folder_one_class": "{where}only one class, '{name}', was found; each class needs its own folder, and at least two "
    "are required",
    "folder_below": "{where}only one class, '{name}', was found, and it holds the folders {inner}; if those are the "
    "classes, enter {path}",
    "folder_inside": "'{name}' is no class: it holds {inner}; enter {path}",
    "folder_twice": "'{one}' and '{other}' both look like the {kind} images; rename or move one of them",
    "folder_no_train": "'{name}' looks like images to test or validate with, but no training folder stands beside it; "
    "move the class folders to train into a folder 'train', or rename '{name}' if it is a class",
    "folder_no_image": "{where}class '{name}' has no images; at least {limit} are required",
    "folder_boundless": "{where}'{name}' does not have {limit} images among its first {count} files and folders; name "
    "the folder that contains one folder of images per class",
    "folder_one_image": "{where}class '{name}' has 1 image; at least {limit} are required",
    "folder_few_images": "{where}class '{name}' has {count} images; at least {limit} are required, to train, validate "
    "and test with (two with validation: test)",
    "folder_few_left": "{where}class '{name}' has {count} images; test_fraction {fraction} takes so many to test with "
    "that at least {limit} are required, to train and validate, too. Add images or lower test_fraction",
    "folder_unread_images": "{where}class '{name}' has no images that can be read, only {kinds}; convert them to JPEG "
    "or PNG",
    "folder_only_train": "class '{name}' is only in {train}/",
    "folder_not_train": "class '{name}' is only in {test}/",
    "folder_more": "and {count} more",
    "folder_split_given": "{count} classes ({names}): {images} training images in {train}/, {test_images} test images "
    "in {test}/",
    "folder_split_drawn": "{count} classes ({names}): {images} images, of which {share} % of each class become the "
    "test set",
    "folder_unread": "pictures of a type that cannot be read are left out: {kinds}; convert them to JPEG or PNG to use "
    "them",
    "folder_left_out": "files that are not images are left out: {kinds}",
    "folder_val_unused": "{val}/ is not used: {test}/ is the test set, and validation images are drawn from {train}/",
    "folder_unused": "these folders beside the training images are not used: {names}",
    "folder_stray": "images directly in {place}/ ({count}) are not used, because they are in no class folder",
    "folder_deep": "class '{name}' holds no images itself, only folders with images ({inner}); if those are the "
    "classes, enter {path}",
    "folder_links": "links inside the folder are followed: {count}, such as {name}",
    "folder_links_outside": "links that lead out of the folder are not followed: {count}, such as {name}; put the "
    "files themselves in their place",
    "folder_beside": "{name}/ beside this folder is not used; to test on it, enter {path}",
    "channels": "{count} numbers for images of {channels} channels; give one for each channel",
    "unknown_part": "part '{name}' does not exist in this model{near}; its parts: {known}",
    "lone_image": "in stage {stage} images reach BatchNorm in groups of {groups}, and its layer {layer} sees one pixel "
    "of each: a single value cannot be normalised. Choose sizes that leave no group of 1 image",
    "nothing_trains": "stage {stage} trains nothing: name at least one part",
    "random_frozen": "stage {stage} freezes {parts}, which is random: neither loaded nor trained. Train it first, load "
    "weights, or set allow_random_frozen: true if this is intended",
}

ERRORS = {
    "upload_empty": "the file is empty (0 bytes); choose it again, or choose another one",
    "upload_type": "file type not supported: only PNG, JPEG, WebP, BMP, GIF, TIFF and PNM images, whatever the file "
    "name",
    "upload_large": "the image is too large ({size} pixels): at most 40 million pixels are accepted; shrink it first",
    "upload_damaged": "the file starts like {kind} but cannot be decoded: it is damaged or incomplete; open it in an "
    "image editor, save it again and upload that",
    "upload_range": "the image has {said}; save it with 8 or 16 bits a channel and upload that",
    "no_picture": "no image selected: upload one, or choose a test image",
    "no_test_image": "test image {index} does not exist; they are numbered 0 to {last}",
    "no_class": "class {number} does not exist; they are numbered 0 to {last}",
    "not_downloaded": "this data set has not been downloaded yet; starting a training downloads it",
    "data_unknown": "run {run} did not record its data: it ended before training began",
    "classes_changed": "the classes of the data changed since run {run} began: number {number} was '{then}' and is now "
    "'{now}', so the model's answers would be read as other classes. Restore the class folders, or start a new run",
    "data_record_damaged": "data.json of the run is damaged, so its images are compared by classes and counts alone",
    "images_changed.count": "the run began with {then} {split} images, and there are now {now}",
    "images_changed.others": "the {split} images are not those that the run began with: {then} then, {now} now, with "
    "other names or contents",
    "images_changed.contents": "some {split} images have the same names but other sizes than when the run began",
    "not_resumed.count": "the run began with {then} {split} images, and there are now {now}; it would not be the same "
    "training, and images already trained on could be drawn for validation. Restore the data and press Resume, or "
    "start a new run",
    "not_resumed.others": "the {split} images are not those that the run began with ({then} then, {now} now, with "
    "other names or contents); it would not be the same training, and images already trained on could be drawn for "
    "validation. Restore the data and press Resume, or start a new run",
    "class_undivided": "class '{name}' has too few training images ({count}) for one to train on and one to validate "
    "with (validation: {fraction}). Add images, leave the class out, or set validation: test",
    "attention_only_last": "attention has no place: the only one is behind the model's last layer, and "
    "attention.behind_last is off. Switch it on, or set attention.where to block",
    "search_slow": "a step of this recipe takes about {each} s here, too long to try {fewest} learning rates in "
    "{seconds} s; choose a smaller batch_size, accumulate or model, or a faster device",
    "checkpoint_missing": "{file} is missing",
    "checkpoint_damaged": "{file} is damaged: its checksum does not match",
    "config_edited": "config.yaml was edited after this run began: {fields}. Resume with the original settings or the "
    "edited ones (--settings original, --settings edited), or start a new run from the file.",
    "config_lost": "config.yaml is missing or cannot be read. Resume with the settings that this run began with "
    "(--settings original), or repair the file.",
    "config_unfit": "a run that has begun cannot continue with other settings: {fields}. Resume with the original "
    "settings (--settings original), or start a new run from config.yaml.",
    "resume_choice": "a run resumes with its original settings or the edited ones, not {input}",
    "entry_link": "{file} is a link. Files of a run are never opened through links; put the file itself in its place",
    "entry_shared": "files with a second name elsewhere (hard links): {count}, such as {file}; writing makes copies",
    "entry_lock": "{file} is a hard link to a file with something in it, which locking would empty; remove it",
    "entry_special": "{file} is a pipe, a socket or a device, not a file; remove it",
    "entry_unreadable": "{file} cannot be read: {said}",
    "file_large": "{file} has {size} bytes; at most {limit} are read",
    "series_damaged": "{file} has {rows} rows instead of {wanted}; what is missing is shown as a gap",
    "newest_shown": "{file}: the newest {shown} of {count} are shown",
    "lines_damaged": "{file}: damaged lines are left out: {count}",
    "lines_skipped": "{file} is too large to be read whole; its first {size} bytes are left out",
    "weights_kind": "{file} is not a weights file; .safetensors, .pth, .pt, .ckpt, .bin and .pth.tar are supported",
    "weights_nameless": "{file} has no named weights (state dict)",
    "weights_unreadable": "{file} cannot be read as safetensors: {said}",
    "weights_empty": "the starting weights are empty; choose another run or file",
    "weights_fit_nothing": "nothing in the starting weights ({count} tensors: {theirs} ...) fits this network ({ours} "
    "...); choose the model and options that they were trained with, or other weights",
    "weights_activation": "the starting weights were trained with {theirs}, and this network computes with {ours}; "
    "choose the architecture whose name ends in -quickgelu for QuickGELU, the one without for GELU",
    "weights_not_finite": "the starting weights contain NaN or infinite values in {name} (tensors affected: {count}); "
    "choose an earlier checkpoint, such as RUN/best, or other weights",
    "weights_refused": "{file} holds Python objects beside weights ({said}) and is not loaded, as they could run code; "
    "save the weights alone: torch.save(model.state_dict(), PATH)",
    "weights_script": "{file} is a TorchScript program, not weights; save its weights alone: "
    "torch.save(torch.jit.load(PATH).state_dict(), OTHER_PATH)",
    "weights_text": "{file} is a text ({said} ...), not weights: an error page or a Git LFS pointer is often saved in "
    "place of them; download the file itself (git lfs pull)",
    "weights_damaged": "{file} cannot be read as weights that torch saved: it is damaged, incomplete or of another "
    "kind; download or save it again",
    "weights_unopened": "{file} cannot be opened: {said}",
    "weights_not_plain": "{file} holds tensors without a number at each place (sparse, quantised, or only shapes): "
    "{count}, such as {name}; save dense ones: value.to_dense() or value.dequantize()",
}

# What runs out or breaks around a training or a job, by the codes of causes.py: the fact, and what to do about it.
AROUND = {
    "files_open": (
        "Too many files are open at once",
        "Raise the limit (ulimit -n 65536), or set data.storage to memory",
    ),
    "processes": (
        "The system cannot start another process or thread",
        "Close other programs, or raise the limit (ulimit -u)",
    ),
    "quota": ("{file} could not be written: your disk quota is used up", "Delete files of yours or ask for more space"),
    "file_too_large": (
        "{file} grew larger than its disk or a limit allows (4 GB on FAT32; ulimit -f may set less)",
        "Move the folder to another disk, or raise the limit",
    ),
    "read_only": ("{file} could not be written: its disk is read-only", "Mount it for writing, or use another folder"),
    "in_use": ("{file} is in use by another program", "Close that program"),
    "denied": ("{file}: permission denied", "Give your user access to it"),
    "drive_gone": (
        "The drive of {file} cannot be reached: unplugged, unmounted, or its network is down",
        "Connect it again",
    ),
    "missing": ("{file} is gone: moved, deleted or unmounted", "Bring it back"),
    "disk_broken": (
        "The disk of {file} reports an error and may be failing",
        "Copy what matters to another disk, and check this one",
    ),
    "name_too_long": ("{file}: the path is too long for this system", "Move the folder to a shorter path"),
    "write_failed": ("A file could not be written in full", "Check the free space and the disk"),
}
JOBS = AROUND | {
    "memory": ("memory ran out", "Close other programs, or choose a smaller batch_size or model"),
    "shared_memory": (
        "shared memory is full",
        "Enlarge /dev/shm (docker run --shm-size=2g), or set data.storage to memory",
    ),
    "reader_killed": ("a process that reads images was killed, usually because memory ran out", "Close other programs"),
    "disk_full": ("the disk is full", "Free some space"),
    "disk_full_file": ("{file} could not be written: its disk is full", "Free some space"),
    "driver": ("the graphics driver and PyTorch are incompatible", "Update the driver, or set device to cpu"),
    "no_card": ("there is no usable GPU", "Set device to cpu"),
    "card_stopped": ("the GPU stopped working", "Restart the machine, or set device to cpu"),
}
ERRORS |= {
    f"job_{code}": f"{fact[0].lower()}{fact[1:]}. {advice}, then try again" for code, (fact, advice) in JOBS.items()
}

ENDINGS = {
    "where.epoch": "in epoch {epoch} (stage {stage})",
    "where.before": "before the first step",
    "kept": " The last checkpoint is kept.",
    "not_finite": "{said}, {where}. The update was not applied. Lower the learning rate, or set gradient_clip to 1.",
    "not_finite.clipped": "{said}, {where}, although gradients are clipped. The update was not applied. Lower the "
    "learning rate.",
    "not_finite.first": "{said}, {where}. No update had been made yet, so the learning rate is not the cause: the "
    "weights at the start give it. Choose other starting weights or another model.",
    "not_finite.fp16": "{said}, {where}. The update was not applied. Layer {layer} exceeds 65504, the largest number "
    "of fp16; in fp32 it is finite. Set precision to bf16 or fp32.",
    "not_finite.fp16_gradient": "{said}, {where}. The update was not applied. The loss is finite and the gradients "
    "exceed 65504, the largest number of fp16. Set precision to bf16 or fp32.",
    "not_finite.pure_fp16": "{said}, {where}. The update was not applied. Numbers above 65504 overflow in pure_fp16, "
    "and its gradients are not scaled. Set precision to bf16 or fp32, or lower the learning rate.",
    "not_finite.weight": "{said}, {where}: the last updates were too large. Lower the learning rate.",
    "not_finite.scored": "{said}, {where}, although the training loss is finite. Lower the learning rate.",
    "lone_image_met": "A BatchNorm layer was given a single value {where}: one image, of one pixel there. Choose sizes "
    "of batch_size, subdivisions and ghost_batch that leave no group of 1 image.",
    "memory": "Out of memory {where}. Choose a smaller batch_size or model.{kept}",
    "memory_asked": "Out of memory {where}: {needed} more were needed at once. Choose a smaller batch_size or "
    "model.{kept}",
    "shared_memory": "Shared memory is full {where}: /dev/shm is too small for the processes that read images. Enlarge "
    "it (docker run --shm-size=2g), or set data.storage to memory.{kept}",
    "reader_killed": "A process that reads images was killed {where}, usually because memory ran out. Close other "
    "programs, then press Resume; or start a new run with a smaller batch_size.{kept}",
    "driver": "The graphics driver and PyTorch are incompatible {where}. Update the driver, or set device to cpu.",
    "card_stopped": "The GPU stopped working {where}. If nvidia-smi does not list it, restart the machine or set "
    "device to cpu in a new run; otherwise press Resume.{kept}",
    "no_card": "No usable GPU {where}. Set device to cpu.",
    "disk_full": "The disk is full {where}. Free some space, then press Resume.{kept}",
    "disk_full_free": "The disk {disk} is full {where}: {file} did not fit, and {free} are free. Free some space, then "
    "press Resume.{kept}",
    "disk_full_needed": "The disk {disk} is full {where}: {file} did not fit. {free} are free, and a checkpoint needs "
    "{needed}. Free some space, then press Resume.{kept}",
    **{
        code: f"Failed {{where}}. {fact}. {advice}, then press Resume.{{kept}}"
        for code, (fact, advice) in AROUND.items()
    },
    "file": "{file}: {said} {where}. Fix this, then press Resume.",
    "disk": "Disk error: {said} {where}. Fix this, then press Resume.",
    "unforeseen": "{kind} {where}: {said}. See the log for details.",
    "said": "{said}",
    "gone": "The training process exited unexpectedly (killed, or the machine went down).",
    "silent_elsewhere": "No progress from its training on {host} for over a minute: it has exited, or this folder "
    "is a copy.",
    "copied": "This folder is a copy of a run that was training; the original is not affected by it.",
    "gone_with": "The training process exited unexpectedly ({how}).",
    "ended_from_page": "The training process was killed from the page.",
    "stopped_by_you": "Stopped by you.",
    "stopped_by_system": "The system asked the training process to end (SIGTERM), as at a shutdown.",
    "stopped_from_page": "The training process was ended from the page.",
    "never_began": "The training process exited before it started ({how}); see the log.",
    "never_went_on": "The training could not be resumed: its process exited before it started ({how}); see the log.",
    "not_started": "The training process could not be started: {why}",
}

EVENTS = {
    "data": "Data: {what}.",
    "starting": "Loading {data} and building {model} on {device}.",
    "weights": "Weights loaded into {parts}; random: {random}; did not fit: {unfit}.",
    "in_part": "{part} (partly)",
    "weights_remark.unwrapped": "Wrappers removed from the starting weights: {wrappers}.",
    "weights_remark.unused": "The weights file also contains {names}, which were not used.",
    "weights_remark.unfit": "The starting weights contain nothing for {parts}, which start random.",
    "weights_remark.partly": "The starting weights fill {parts} only partly; the rest starts random.",
    "weights_remark.classes": "The starting weights were trained on other classes ({theirs}; here {ours}), so the head "
    "starts random.",
    "weights_remark.classes_unknown": "The starting weights do not say which classes they were trained on; their head "
    "is loaded because the number of classes is the same.",
    "weights_remark.normalisation": "The starting weights were trained with mean {their_mean} and deviation "
    "{their_std}; images here are normalised with mean {mean} and deviation {std}. To use theirs, set "
    "data.channel_mean={their_mean} and data.channel_std={their_std}.",
    "weights_remark.activation": "The starting weights were trained with {theirs}, so the network uses it instead of "
    "{ours}.",
    "weights_remark.activation_unknown": "The starting weights do not say whether they were trained with QuickGELU, "
    "as OpenAI's were, or GELU; the network uses {ours}.",
    "weights_remark.image_size": "The starting weights were trained on images of {theirs} pixels; images here have "
    "{ours}.",
    "stage_began": "Stage {stage} started: {name}. Training: {train}; frozen: {frozen}; rate {learning_rate}.",
    "checkpoint": "Checkpoint {name} saved ({kept_as}).",
    "config_edited": "config.yaml was edited: {fields}. This training goes on with what it began with.",
    "config_lost": "config.yaml is missing or cannot be read. This training goes on with what it began with.",
    "resumed": "Resumed at iteration {iteration} (attempt {life}).",
    "edit.epochs": "At iteration {iteration}: stage {stage} now lasts {count} epochs and ends after iteration {ends}; "
    "the plan ends after iteration {iterations}.",
    "edit.epochs_for_one": "At iteration {iteration}: stage {stage} now lasts {count} epoch and ends after iteration "
    "{ends}; the plan ends after iteration {iterations}.",
    "edit.learning_rate": "At iteration {iteration}: the learning rate of stage {stage} is now {value}.",
    "edit.end": "At iteration {iteration}: stage {stage} ended; the plan ends after iteration {iterations}.",
    "rehearsed": "Dry run of each stage passed. {lines}",
    "rehearsed_stage": "Stage {stage}: {each} per iteration, {memory}, ends after about {ends}.",
    "ended_early.accuracy": "Stage {stage} ended early, after epoch {epoch}: accuracy {top1} reached the target of "
    "{until_accuracy} %.",
    "ended_early.plateau": "Stage {stage} ended early, after epoch {epoch}: accuracy stopped improving (patience "
    "{patience}).",
    "took_over": "Stage {stage} starts from the best weights: epoch {best_epoch}, {top1}.",
    "warning": "Warning: {why}",
    "zero_shot": "Accuracy on {count} images before stage {stage}, which trains without labels: {top1}.",
    "imported": "Imported from a published log; one point per epoch.",
    "evaluated": "Last weights on {count} test images: accuracy {top1}, loss {loss}.",
    "evaluated_best": "Best weights (epoch {of_epoch}) on {count} test images: accuracy {top1}, loss {loss}.",
    "judged.no_better": "Test accuracy {top1} is no better than always answering “{majority}”, which scores {share}.",
    "judged.within_chance": "Test accuracy {top1} is no better, beyond chance, than always answering “{majority}”, "
    "which scores {share}.",
    "judged.unbalanced": "Always answering “{majority}” scores {share}, no worse than the test accuracy of {top1}; the "
    "balanced accuracy, {balanced}, shows that the model does tell them apart.",
    "never_right": "Classes never recognised in the test set ({count}): {names}.",
    "finished": "Finished.",
    "stopped": "Stopped at iteration {iteration}.",
    "failed": "{reason}",
    "command.done": "{command} requested.",
    "command.refused": "{command} refused: {why}.",
    "word.pause": "Pause",
    "word.resume": "Continue",
    "word.stop": "Stop",
    "word.checkpoint": "Checkpoint",
    "word.inspect": "Attention capture",
    "word.next_stage": "Next stage",
    "word.set": "Plan change",
    "word.start_now": "Immediate start",
    "word.kill": "End of the process",
    "kept.last": "last",
    "kept.best": "best",
    "kept.stage_end": "end of stage",
    "kept.epoch": "end of epoch",
    "kept.stop": "stop",
}


def by_key() -> dict[str, str]:
    """All sentences by the keys under which the page's other languages have them, such as `fault.too_long`."""
    groups = {"fault": FAULTS, "error": ERRORS, "ending": ENDINGS, "event": EVENTS}
    return {f"{group}.{code}": sentence for group, sentences in groups.items() for code, sentence in sentences.items()}
