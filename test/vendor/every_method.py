"""Calls every method of the vendor's SDK once, and prints one line of JSON for each: its name and what it returned.

Arguments: address of the API, API key, address of a photo, address of a sound, path of a local picture.
"""

import dataclasses
import json
import sys

from imagepipeline import ImagePipeline

base_url, key, photo, sound, local = sys.argv[1:]
ip = ImagePipeline(key, base_url=base_url)
profile = ip.identity.create_profile(name="spring", tags=["shop"], steps=20)
profile_id = profile["profile_id"]

METHODS = {
    "account": lambda: ip.account(),
    "generate.image": lambda: ip.generate.image(prompt="a fox", width=64, height=48, profile_id=profile_id),
    "generate.video": lambda: ip.generate.video(input_image=photo, width=64, height=32, duration_seconds=1.0),
    "generate.speech": lambda: ip.generate.speech(text="hello", target_voice_path=sound),
    "generate.generate_3d": lambda: ip.generate.generate_3d(image_path=photo),
    "edit.image": lambda: ip.edit.image(prompt="brighter", input_image=[photo, photo], mask_segment="pants"),
    "background.change": lambda: ip.background.change(
        input_image=photo, prompt="a beach", subject_description="a square"
    ),
    "background.remove": lambda: ip.background.remove(input_image=photo),
    "background.remove recoloured": lambda: ip.background.remove(input_image=photo, recolor="#ff0000"),
    "branding.logo": lambda: ip.branding.logo(input_image=photo, logo_url=photo),
    "branding.template": lambda: ip.branding.template(input_image=photo, logo_url=photo),
    "upscale.image": lambda: ip.upscale.image(input_image=photo, scale=2),
    "identity.faceswap": lambda: ip.identity.faceswap(source=photo, target=photo),
    "identity.lock": lambda: ip.identity.lock(input_image=photo, prompt="on a bicycle", width=64, height=64),
    "identity.replace": lambda: ip.identity.replace(input_image=photo, prompt="a cook", width=64, height=64),
    "identity.voice_clone": lambda: ip.identity.voice_clone(text="hello", reference_voice_url=sound),
    "identity.instamodel": lambda: ip.identity.instamodel(face_image=photo, prompt="at the sea", width=64, height=64),
    "identity.tryon": lambda: ip.identity.tryon(person_image=photo, clothing_image=photo, width=64, height=64),
    "upload.image": lambda: ip.upload.image(local),
    "segment.image": lambda: ip.segment.image(photo),
    "identity.get_profile": lambda: ip.identity.get_profile(profile_id),
    "identity.list_profiles": lambda: ip.identity.list_profiles(),
    "identity.delete_profile": lambda: ip.identity.delete_profile(profile_id),
}

for name, method in METHODS.items():
    result = method()
    value = dataclasses.asdict(result) if dataclasses.is_dataclass(result) else result
    print(json.dumps({"name": name, "value": value}), flush=True)

# Every public method of every resource is in the table, with create_profile above.
resources = {name: resource for name, resource in vars(ip).items() if not name.startswith("_")}
public = {
    f"{name}.{method}"
    for name, resource in resources.items()
    for method in dir(resource)
    if not method.startswith("_")
}
print(json.dumps({"missing": sorted(public - set(METHODS) - {"identity.create_profile"})}))
